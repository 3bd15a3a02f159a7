#!/usr/bin/env python3
"""One PySCF calculation in a process of its own; the results are one line of JSON on stdout.

    pyscf_case.py H2O --basis=cc-pVDZ --scf=RHF --diis-space=12
    pyscf_case.py water.xyz --basis=def2-SVP --scf=RKS --xc=pbe0 --post=TDDFT --states=5
    pyscf_case.py O2 --spin=2 --basis=cc-pVDZ --scf=ROHF --post=CASSCF --cas=8e,6o

SYSTEM is a name of the table below, an .xyz file, or a Python script from whose text the value
of `atom=` or `.atom =` is taken (the script is not run). A `pyscf` package in the working
directory comes before an installed one. Settings that are not given are PySCF's own.

Energies are in Hartree, gradients in Hartree/bohr, times in seconds. `converged` is true when
every iteration of the calculation was; the exit status is 0 even where it is not, 2 for
what cannot be calculated. `mo_energy` and `gradient` are flat lists (alpha, then beta).
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import math
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Molecule(NamedTuple):
    """Geometry in Angstrom, number of unpaired electrons, further names."""

    atoms: str
    spin: int = 0
    names: tuple[str, ...] = ()


#: Gas phase geometries from experiment (Herzberg; NIST CCCBDB), butadiene and allyl to about
#: 0.01; water as in PySCF's own examples. Spins are those of the ground states.
MOLECULES = {
    "h2": Molecule("H 0 0 0; H 0 0 0.7414"),
    "lih": Molecule("Li 0 0 0; H 0 0 1.5957"),
    "hf": Molecule("H 0 0 0; F 0 0 0.9168"),
    "hcl": Molecule("H 0 0 0; Cl 0 0 1.2746"),
    "n2": Molecule("N 0 0 0; N 0 0 1.0977"),
    "o2": Molecule("O 0 0 0; O 0 0 1.2075", 2),
    "f2": Molecule("F 0 0 0; F 0 0 1.4119"),
    "cl2": Molecule("Cl 0 0 0; Cl 0 0 1.9879"),
    "c2": Molecule("C 0 0 0; C 0 0 1.2425"),
    "co": Molecule("C 0 0 0; O 0 0 1.1283"),
    "no": Molecule("N 0 0 0; O 0 0 1.1508", 1),
    "cn": Molecule("C 0 0 0; N 0 0 1.1718", 1),
    "oh": Molecule("O 0 0 0; H 0 0 0.9697", 1),
    "cr2": Molecule("Cr 0 0 0; Cr 0 0 1.6788"),
    "h2o": Molecule("O 0 0 0; H 0 -0.757 0.587; H 0 0.757 0.587", names=("water",)),
    "h2s": Molecule("S 0 0 0; H 0 -0.96172 0.92678; H 0 0.96172 0.92678"),
    "so2": Molecule("S 0 0 0; O 0 -1.2349 0.72264; O 0 1.2349 0.72264"),
    "o3": Molecule("O 0 0 0; O 0 -1.08304 0.66651; O 0 1.08304 0.66651", names=("ozone",)),
    "co2": Molecule("C 0 0 0; O 0 0 -1.16; O 0 0 1.16"),
    "hcn": Molecule("C 0 0 0; H 0 0 -1.0655; N 0 0 1.1532"),
    "nh3": Molecule(
        "N 0 0 0; H 0.93772 0 0.38163; H -0.46886 0.81209 0.38163; H -0.46886 -0.81209 0.38163",
        names=("ammonia",),
    ),
    "ch2": Molecule("C 0 0 0; H 0 -0.99116 0.42032; H 0 0.99116 0.42032", 2, ("methylene",)),
    "ch3": Molecule(
        "C 0 0 0; H 1.079 0 0; H -0.5395 0.93444 0; H -0.5395 -0.93444 0", 1, ("methyl",)
    ),
    "ch4": Molecule(
        "C 0 0 0; H 0.62758 0.62758 0.62758; H -0.62758 -0.62758 0.62758; "
        "H -0.62758 0.62758 -0.62758; H 0.62758 -0.62758 -0.62758",
        names=("methane",),
    ),
    "h2co": Molecule(
        "C 0 0 0; O 0 0 1.205; H 0 -0.94286 -0.58765; H 0 0.94286 -0.58765",
        names=("formaldehyde",),
    ),
    "c2h2": Molecule(
        "C 0 0 -0.6013; C 0 0 0.6013; H 0 0 -1.6635; H 0 0 1.6635",
        names=("acetylene", "ethyne"),
    ),
    "c2h4": Molecule(
        "C 0 0 -0.6695; C 0 0 0.6695; H 0 -0.92893 -1.23208; H 0 0.92893 -1.23208; "
        "H 0 -0.92893 1.23208; H 0 0.92893 1.23208",
        names=("ethylene", "ethene"),
    ),
    "c2h6": Molecule(
        "C 0 0 -0.76755; C 0 0 0.76755; H 1.02017 0 -1.16263; H -0.51008 0.88349 -1.16263; "
        "H -0.51008 -0.88349 -1.16263; H -1.02017 0 1.16263; H 0.51008 -0.88349 1.16263; "
        "H 0.51008 0.88349 1.16263",
        names=("ethane",),
    ),
    "c3h5": Molecule(
        "C 0 0 0; C 0 -1.22433 -0.65154; C 0 1.22433 -0.65154; H 0 0 1.085; "
        "H 0 -2.15198 -0.09459; H 0 -1.28058 -1.73207; H 0 1.28058 -1.73207; "
        "H 0 2.15198 -0.09459",
        1,
        ("allyl",),
    ),
    "c4h6": Molecule(
        "C 0 0 0; C 1.341 0 0; C 2.14422 0 1.22279; C 3.48522 0 1.22279; "
        "H -0.56139 0 0.93431; H -0.56139 0 -0.93431; H 1.86944 0 -0.95334; "
        "H 1.61578 0 2.17613; H 4.04661 0 0.28848; H 4.04661 0 2.1571",
        names=("butadiene",),
    ),
    "c6h6": Molecule(
        "C 1.397 0 0; C 0.6985 1.20984 0; C -0.6985 1.20984 0; C -1.397 0 0; "
        "C -0.6985 -1.20984 0; C 0.6985 -1.20984 0; H 2.481 0 0; H 1.2405 2.14861 0; "
        "H -1.2405 2.14861 0; H -2.481 0 0; H -1.2405 -2.14861 0; H 1.2405 -2.14861 0",
        names=("benzene",),
    ),
}


def refuse(what: str) -> NoReturn:
    sys.stderr.write(f"pyscf_case.py: {what}\n")
    raise SystemExit(2)


# --- Command line -----------------------------------------------------------------------------


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run one PySCF calculation and print JSON.")
    add = parser.add_argument
    add("system", metavar="SYSTEM", help="a molecule by name, an .xyz file or a .py script")
    add("--basis", required=True, help="name of a basis set")
    add("--charge", type=int, default=0)
    add("--spin", type=int, help="unpaired electrons, 2S (default: the named molecule's)")
    add("--symmetry", metavar="GROUP", help="use symmetry: `on`, or a point group")
    add("--max-memory", type=float, metavar="MB")
    add("--extension", metavar="MODULE", help="import this, below . or src, before PySCF is used")
    _add_scf(parser)
    _add_post(parser)
    add("--gradient", action="store_true", help="nuclear gradient of the last method")
    add("--density-matrix", action="store_true", help="print the SCF density matrix")
    return parser.parse_args(arguments)


def _add_scf(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--scf", default="HF", help="HF RHF UHF ROHF GHF, or KS RKS UKS ROKS with --xc")
    add("--xc", help="functional")
    add("--grid-level", type=int, help="0 to 9")
    add("--density-fit", metavar="AUXBASIS", help="density fitting: `on`, or the auxiliary basis")
    add("--newton", action="store_true", help="second-order SCF")
    add("--x2c", action="store_true", help="scalar relativistic Hamiltonian")
    add("--init-guess", help="minao, atom, 1e, huckel ...")
    add("--diis", help="CDIIS, ADIIS, EDIIS, or `off`")
    add("--diis-space", type=int)
    add("--diis-start", type=int, help="first cycle with DIIS")
    add("--max-cycle", type=int)
    add("--conv-tol", type=float)
    add("--conv-tol-grad", type=float)
    add("--level-shift", type=float)
    add("--damp", type=float)
    add("--direct-scf-tol", type=float)


def _add_post(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--post", help="MP2 CCSD CCSD(T) FCI CASCI CASSCF TDA TDDFT TDHF EOM-IP-CCSD EOM-EA-CCSD")
    add("--cas", metavar="Ne,Mo", help="electrons and orbitals of the active space, e.g. 6e,6o")
    add("--sort", metavar="I,J,...", help="active orbitals, counted from 1")
    add("--two-step", action="store_true", help="CASSCF by mc2step")
    add("--fix-spin", action="store_true", help="keep the CI states at the spin of the molecule")
    add("--natorb", action="store_true", help="natural orbitals in the active space")
    add("--states", type=int, help="states, roots; equal weights in CASSCF")
    add("--triplet", action="store_true", help="triplet excitations of a closed shell")
    add("--frozen", type=int, help="number of core orbitals that are not correlated")
    add("--post-diis-space", type=int)
    add("--post-max-cycle", type=int)
    add("--post-max-space", type=int, help="size of Davidson's subspace")
    add("--post-conv-tol", type=float)


# --- The molecule -----------------------------------------------------------------------------


def find_molecule(system: str) -> Molecule:
    """The molecule that is meant; a file has spin 0."""
    if system.lower().endswith(".xyz"):
        return Molecule(read_xyz(system))
    if system.lower().endswith(".py"):
        return Molecule(read_script(system))
    for formula, molecule in MOLECULES.items():
        if system.lower() in {formula, *molecule.names}:
            return molecule
    refuse(f"there is no molecule {system!r}; give an .xyz file")


def read_text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{path}: {error}")


def read_xyz(path: str) -> str:
    """The atoms of the first frame of an .xyz file."""
    lines = read_text(path).splitlines()
    try:
        count = int(lines[0])
        atoms = [line.split()[:4] for line in lines[2 : 2 + count]]
        good = count > 0 and len(atoms) == count
        good = good and all(math.isfinite(float(x)) for atom in atoms for x in atom[1:4])
        good = good and all(len(atom) == 4 for atom in atoms)
    except (IndexError, ValueError):
        good, atoms = False, []
    if not good:
        refuse(f"{path} is no .xyz file: a number of atoms, a title, then `symbol x y z`")
    return "; ".join(" ".join(atom) for atom in atoms)


def read_script(path: str) -> str:
    """The geometry that a script gives as `atom=...` or `.atom = ...`; all must be the same."""
    try:
        tree = ast.parse(read_text(path))
    except SyntaxError as error:
        refuse(f"{path}: {error}")
    if any(_values(node, "unit") for node in ast.walk(tree)):
        refuse(f"{path} sets a unit; write the geometry into an .xyz file, in Angstrom")
    found = {repr(value): value for value in _literals(tree)}
    if len(found) != 1:
        refuse(f"{path} holds {len(found) or 'no'} geometries; write one into an .xyz file")
    (atoms,) = found.values()
    if isinstance(atoms, str):
        return atoms
    return "; ".join(_row(atom) for atom in atoms)


def _literals(tree: ast.AST) -> Iterator[Any]:
    for node in ast.walk(tree):
        for value in _values(node, "atom"):
            with contextlib.suppress(ValueError):
                yield ast.literal_eval(value)


def _values(node: ast.AST, name: str) -> list[ast.expr]:
    """What a node gives as `name=...` or `.name = ...`."""
    if isinstance(node, ast.Call):
        return [word.value for word in node.keywords if word.arg == name]
    if isinstance(node, ast.Assign):
        named = [isinstance(to, ast.Attribute) and to.attr == name for to in node.targets]
        return [node.value] if any(named) else []
    return []


def _row(atom: Any) -> str:
    symbol, *place = atom
    numbers = place[0] if len(place) == 1 else place
    return " ".join(map(str, (symbol, *numbers)))


# --- The calculation --------------------------------------------------------------------------


class Clock:
    """Seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        result = work()
        self.seconds[name] = time.perf_counter() - begin
        return result


def setting(method: Any, name: str, value: Any) -> None:
    """Set what PySCF knows; a misspelt attribute would be set in silence."""
    if value is None:
        return
    if not hasattr(method, name):
        refuse(f"{type(method).__name__} of this PySCF has no setting {name!r}")
    setattr(method, name, value)


def make_scf(mol: Any, options: argparse.Namespace) -> Any:
    from pyscf import dft, scf

    name = options.scf.upper()
    module = dft if name.endswith("KS") else scf
    if not re.fullmatch(r"(R|U|G|RO)?HF|(R|U|RO)?KS", name):
        refuse(f"--scf={options.scf} is unknown")
    if (module is dft) != (options.xc is not None):
        refuse("--xc and a Kohn-Sham method (KS RKS UKS ROKS) belong together")
    if name in {"RHF", "RKS"} and mol.spin:
        refuse(f"{name} is for closed shells; the molecule has {mol.spin} unpaired electrons")
    mf = getattr(module, name)(mol)
    if options.xc is not None:
        mf.xc = options.xc
        setting(mf.grids, "level", options.grid_level)
    if options.x2c:
        mf = mf.x2c()
    if options.density_fit is not None:
        mf = mf.density_fit(None if options.density_fit == "on" else options.density_fit)
    for key in (
        "init_guess", "diis_space", "max_cycle", "conv_tol", "conv_tol_grad", "level_shift",
        "damp", "direct_scf_tol",
    ):  # fmt: skip
        setting(mf, key, getattr(options, key))
    setting(mf, "diis_start_cycle", options.diis_start)
    if options.diis is not None:
        set_diis(mf, options.diis.upper(), scf)
    return mf.newton() if options.newton else mf


def set_diis(mf: Any, name: str, scf: Any) -> None:
    if name == "OFF":
        mf.diis = None
        return
    if name not in {"CDIIS", "ADIIS", "EDIIS"}:
        refuse(f"--diis={name} is unknown")
    mf.DIIS = getattr(scf, name)


def active_space(text: str | None) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)e,(\d+)o", text or "")
    if match is None:
        refuse("CASCI and CASSCF need --cas with electrons and orbitals, e.g. --cas=6e,6o")
    electrons, orbitals = int(match[1]), int(match[2])
    if not 0 < electrons <= 2 * orbitals:
        refuse(f"{electrons} electrons are not for {orbitals} orbitals")
    return electrons, orbitals


def run_cas(mf: Any, options: argparse.Namespace, clock: Clock) -> tuple[Any, dict[str, Any]]:
    import numpy as np
    from pyscf import mcscf

    electrons, orbitals = active_space(options.cas)
    mc = getattr(mcscf, options.post)(mf, orbitals, electrons)
    if options.fix_spin:
        spin = mf.mol.spin / 2
        mc.fix_spin_(ss=spin * (spin + 1))
    if options.states and options.post == "CASSCF":
        mc.state_average_([1 / options.states] * options.states)
    elif options.states:
        mc.fcisolver.nroots = options.states
    solver = mc if options.post == "CASSCF" else mc.fcisolver
    setting(solver, "conv_tol", options.post_conv_tol)
    setting(solver, "max_cycle_macro" if solver is mc else "max_cycle", options.post_max_cycle)
    setting(mc.fcisolver, "max_space", options.post_max_space)
    mc.natorb = options.natorb
    macro = []
    if options.post == "CASSCF":
        mc.callback = lambda envs: macro.append(envs.get("imacro"))
    orbs = None
    if options.sort:
        orbs = mcscf.sort_mo(mc, mf.mo_coeff, [int(i) for i in options.sort.split(",")])
    clock.run("post", lambda: (mc.mc2step if options.two_step else mc.kernel)(orbs))
    values: dict[str, Any] = {"converged": bool(np.all(mc.converged))}
    values["e_tot"] = mc.e_tot if np.ndim(mc.e_tot) == 0 else mc.e_tot[0]
    if options.states:
        values["e_states"] = mc.e_states if options.post == "CASSCF" else mc.e_tot
    if macro:
        values["cycles"] = len({cycle for cycle in macro if cycle is not None})
    if options.post == "CASSCF" or not options.states:
        rdm1 = mc.fcisolver.make_rdm1(mc.ci, mc.ncas, mc.nelecas)
        values["occupations"] = sorted(np.linalg.eigvalsh(rdm1), reverse=True)
        values["mo_energy"] = mc.mo_energy
    return mc, values


def run_coupled(mf: Any, options: argparse.Namespace, clock: Clock) -> tuple[Any, dict[str, Any]]:
    """CCSD, with (T) or equations of motion where asked."""
    import numpy as np
    from pyscf import cc

    ccsd = cc.CCSD(mf, frozen=options.frozen)
    setting(ccsd, "conv_tol", options.post_conv_tol)
    setting(ccsd, "max_cycle", options.post_max_cycle)
    setting(ccsd, "diis_space", options.post_diis_space)
    clock.run("post", ccsd.kernel)
    values = {
        "e_tot": ccsd.e_tot,
        "correlation_energy": ccsd.e_corr,
        "converged": bool(ccsd.converged),
        "cycles": getattr(ccsd, "cycles", None),
    }
    if options.post == "CCSD(T)":
        triples = clock.run("triples", ccsd.ccsd_t)
        values["e_tot"] += triples
        values["correlation_energy"] += triples
        values["triples_energy"] = triples
    elif options.post.startswith("EOM"):
        if not hasattr(ccsd, "eomip_method"):
            refuse(f"{options.post} is there for RHF and UHF only")
        eom = ccsd.eomip_method() if options.post == "EOM-IP-CCSD" else ccsd.eomea_method()
        setting(eom, "max_space", options.post_max_space)
        energies = clock.run("roots", lambda: eom.kernel(nroots=options.states or 1))[0]
        values["excitation_energies"] = sorted(np.atleast_1d(energies))
        values["converged"] = values["converged"] and bool(np.all(eom.converged))
    return ccsd, values


def run_excited(mf: Any, options: argparse.Namespace, clock: Clock) -> tuple[Any, dict[str, Any]]:
    import numpy as np
    from pyscf import tdscf

    td = getattr(tdscf, options.post)(mf)
    setting(td, "nstates", options.states)
    setting(td, "conv_tol", options.post_conv_tol)
    setting(td, "max_cycle", options.post_max_cycle)
    setting(td, "max_space", options.post_max_space)
    if options.triplet:
        td.singlet = False
    clock.run("post", td.kernel)
    values: dict[str, Any] = {
        "e_tot": mf.e_tot,
        "excitation_energies": td.e,
        "converged": bool(np.all(td.converged)),
    }
    if not options.triplet:
        values["oscillator_strengths"] = td.oscillator_strength()
    return td, values


def run_fci(mf: Any, options: argparse.Namespace, clock: Clock) -> tuple[Any, dict[str, Any]]:
    import numpy as np
    from pyscf import fci

    solver = fci.FCI(mf)
    if options.fix_spin:
        spin = mf.mol.spin / 2
        solver = fci.addons.fix_spin_(solver, ss=spin * (spin + 1))
    setting(solver, "nroots", options.states)
    setting(solver, "conv_tol", options.post_conv_tol)
    setting(solver, "max_cycle", options.post_max_cycle)
    setting(solver, "max_space", options.post_max_space)
    energies = np.atleast_1d(clock.run("post", solver.kernel)[0])
    values: dict[str, Any] = {"e_tot": energies[0], "converged": bool(np.all(solver.converged))}
    if options.states:
        values["e_states"] = energies
    return solver, values


def run_mp2(mf: Any, options: argparse.Namespace, clock: Clock) -> tuple[Any, dict[str, Any]]:
    from pyscf import mp

    method = mp.MP2(mf, frozen=options.frozen)
    clock.run("post", method.kernel)
    energy = {"e_tot": method.e_tot, "correlation_energy": method.e_corr}
    return method, {**energy, "converged": True}


POST = {
    "MP2": run_mp2,
    "FCI": run_fci,
    "CASCI": run_cas,
    "CASSCF": run_cas,
    "TDA": run_excited,
    "TDDFT": run_excited,
    "TDHF": run_excited,
    "CCSD": run_coupled,
    "CCSD(T)": run_coupled,
    "EOM-IP-CCSD": run_coupled,
    "EOM-EA-CCSD": run_coupled,
}


def make_molecule(options: argparse.Namespace) -> Any:
    from pyscf import gto

    molecule = find_molecule(options.system)
    more = {} if options.max_memory is None else {"max_memory": options.max_memory}
    try:
        return gto.M(
            atom=molecule.atoms,
            basis=options.basis,
            charge=options.charge,
            spin=molecule.spin if options.spin is None else options.spin,
            symmetry={None: False, "on": True}.get(options.symmetry, options.symmetry),
            verbose=0,
            **more,
        )
    except (RuntimeError, KeyError, ValueError) as error:
        refuse(f"{options.system}: {error}")


def calculate(options: argparse.Namespace) -> dict[str, Any]:
    """All values by name; what is not known is left out."""
    from pyscf import lib

    lib.num_threads(int(os.environ["OMP_NUM_THREADS"]))
    mol = make_molecule(options)
    clock = Clock()
    mf = make_scf(mol, options)
    clock.run("scf", mf.kernel)
    values = scf_values(mf)
    method = mf
    if options.post is not None:
        options.post = options.post.upper()
        if options.post not in POST:
            refuse(f"--post={options.post} is unknown")
        method, more = POST[options.post](mf, options, clock)
        values |= {**more, "converged": values["converged"] and more["converged"]}
    if options.gradient:
        values |= gradient_values(method, clock)
    if options.density_matrix:
        values["density_matrix"] = mf.make_rdm1()
    values |= {f"{name}_seconds": spent for name, spent in clock.seconds.items()}
    values["kernel_seconds"] = sum(clock.seconds.values())
    # The step whose time is Davidson's method, where there is one.
    values["davidson_seconds"] = clock.seconds.get("roots", clock.seconds.get("post"))
    values["nao"] = mol.nao
    return {name: plain(value) for name, value in values.items() if value is not None}


def scf_values(mf: Any) -> dict[str, Any]:
    # Second-order SCF does not count its cycles.
    cycles = getattr(mf, "cycles", 0) or None
    return {
        "e_tot": mf.e_tot,
        "e_scf": mf.e_tot,
        "converged": bool(mf.converged),
        "cycles": cycles,
        "scf_cycles": cycles,
        "mo_energy": mf.mo_energy,
        "s_squared": mf.spin_square()[0] if hasattr(mf, "spin_square") else None,
    }


def gradient_values(method: Any, clock: Clock) -> dict[str, Any]:
    import numpy as np

    try:
        gradient = clock.run("gradient", lambda: method.nuc_grad_method().kernel())
    except (AttributeError, NotImplementedError):
        refuse(f"PySCF has no gradient of {type(method).__name__} like this")
    return {"gradient": gradient, "gradient_norm": float(np.linalg.norm(gradient))}


def plain(value: Any) -> Any:
    """Numbers and flat lists of them, as JSON has them."""
    import numpy as np

    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, (tuple, list)) and any(np.ndim(item) for item in value):
        return [number for item in value for number in plain(item)]
    array = np.asarray(value, dtype=float)
    numbers = [float(number) for number in array.ravel()]
    return numbers if array.ndim else numbers[0]


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    for name in THREADS:
        os.environ.setdefault(name, "1")
    if os.path.isfile(os.path.join("pyscf", "__init__.py")):
        sys.path.insert(0, os.getcwd())
    if options.extension:
        sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "src")]
        importlib.import_module(options.extension)
    values = calculate(options)
    sys.stdout.write(json.dumps(values) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
