"""Parse the chemical formulas of a file, one a line, and add up what is known of them."""

import sys

from periodictable import formula


def main(path: str, rounds: int) -> None:
    with open(path, encoding="utf-8") as lines:
        texts = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    mass = atoms = 0.0
    for _ in range(rounds):
        for text in texts:
            compound = formula(text)
            mass += compound.mass
            atoms += sum(compound.atoms.values())
    print(f"formulas: {len(texts) * rounds}")
    print(f"mass = {mass:.10f}")
    print(f"atoms = {atoms:.10f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
