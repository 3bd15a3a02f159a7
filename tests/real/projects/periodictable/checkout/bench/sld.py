"""Neutron and X-ray scattering length densities of a few materials over many wavelengths."""

import sys

import numpy as np
import periodictable

MATERIALS = {
    "water": ("H2O", 1.0),
    "heavy water": ("D2O", 1.11),
    "silica": ("SiO2", 2.2),
    "gadolinium oxide": ("Gd2O3", 7.41),
    "PMMA": ("C5O2H8", 1.18),
}


def main(kind: str, points: int) -> None:
    wavelength = np.linspace(0.5, 12.0, points)
    real = imaginary = 0.0
    for text, density in MATERIALS.values():
        compound = periodictable.formula(text, density=density)
        if kind == "neutron":
            rho, irho, _ = periodictable.neutron_sld(compound, wavelength=wavelength)
        else:
            rho, irho = periodictable.xray_sld(compound, wavelength=wavelength)
        real += float(np.sum(np.nan_to_num(rho)))
        imaginary += float(np.sum(np.nan_to_num(irho)))
    print(f"sld_real = {real:.8e}")
    print(f"sld_imag = {imaginary:.8e}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
