"""Special functions at many digits: `python bench/special.py zeta --digits 60`.

Each prints the value, and how far it is from a relation that has to hold.
"""

import argparse

import mpmath as mp


def zeta():
    """Values on the critical line, and the functional equation."""
    worst = mp.mpf(0)
    total = mp.mpc(0)
    for k in range(1, 13):
        s = mp.mpc(0.5, 3 * k + 1)
        left = mp.zeta(s)
        right = 2**s * mp.pi ** (s - 1) * mp.sin(mp.pi * s / 2) * mp.gamma(1 - s) * mp.zeta(1 - s)
        worst = max(worst, abs(left - right) / abs(left))
        total += left
    return mp.re(total), worst


def bessel():
    """J and Y of several orders, and their Wronskian."""
    worst = mp.mpf(0)
    total = mp.mpf(0)
    for order in range(12):
        for x in (mp.mpf("0.7"), mp.mpf("12.5"), mp.mpf(71)):
            j, y = mp.besselj(order, x), mp.bessely(order, x)
            j1, y1 = mp.besselj(order + 1, x), mp.bessely(order + 1, x)
            expected = 2 / (mp.pi * x)
            worst = max(worst, abs((j1 * y - j * y1) - expected) / expected)
            total += j
    return total, worst


def hyper():
    """Gauss' theorem for 2F1 at 1, from both sides."""
    worst = mp.mpf(0)
    total = mp.mpf(0)
    for k in range(1, 15):
        a, b, c = mp.mpf(k) / 7, mp.mpf(k) / 11, mp.mpf(2) + k
        value = mp.hyp2f1(a, b, c, 1)
        expected = mp.gamma(c) * mp.gamma(c - a - b) / mp.gamma(c - a) / mp.gamma(c - b)
        worst = max(worst, abs(value - expected) / expected)
        total += mp.hyp2f1(a, b, c, mp.mpf("0.93")) + mp.hyp1f1(a, c, -30)
    return total, worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("family", choices=["zeta", "bessel", "hyper"])
    parser.add_argument("--digits", type=int, default=50)
    args = parser.parse_args()
    mp.mp.dps = args.digits
    value, worst = {"zeta": zeta, "bessel": bessel, "hyper": hyper}[args.family]()
    print("value =", mp.nstr(value, args.digits - 5))
    print("relation_error =", mp.nstr(worst, 3))


if __name__ == "__main__":
    main()
