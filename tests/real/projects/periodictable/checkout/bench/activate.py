"""Activation of a sample in a reactor: the sum of all daughters after each rest time."""

import sys

from periodictable import activation


def main(text: str, samples: int) -> None:
    environment = activation.ActivationEnvironment(fluence=1e8, Cd_ratio=70, fast_ratio=50)
    total = [0.0, 0.0, 0.0]
    for number in range(samples):
        sample = activation.Sample(text, mass=1 + number / samples)
        sample.calculate_activation(environment, exposure=10, rest_times=[0, 1, 24])
        for daughter in sample.activity.values():
            for index, value in enumerate(daughter):
                total[index] += value
    for name, value in zip(("now", "hour", "day"), total, strict=True):
        print(f"activity_{name}: {value:.12g}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
