from __future__ import annotations

import pytest

from fermilink_scaffold.spec.names import language_id, package_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PySCF", "pyscf"),
        ("Quantum ESPRESSO", "quantum-espresso"),
        ("my.pkg//x", "my-pkg-x"),
        ("--a_b--", "a_b"),
        ("-rf /", "rf"),
        ("status", "status-package"),
        ("…", None),
        ("", None),
    ],
)
def test_a_package_id_is_what_fermilink_makes_of_the_name(name: str, expected: str | None):
    assert package_id(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Python", "python"),
        ("python 3.11", "python"),
        ("Python3", "python"),
        ("C++17", "cpp"),
        ("C++ with MPI", "cpp"),
        ("modern Fortran (2008)", "fortran"),
        ("F90", "fortran"),
        ("C", "c"),
        ("C11", "c"),
        ("Python, with C kernels", "python"),
        ("Julia", "julia"),
        ("Rust", "rust"),
        ("COBOL", None),
    ],
)
def test_a_language_is_known_by_the_names_people_use(name: str, expected: str | None):
    assert language_id(name) == expected
