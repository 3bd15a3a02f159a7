"""Dense linear algebra: solve with a Hilbert matrix, or diagonalise a Toeplitz one."""

import sys

import mpmath as mp


def solve(n):
    matrix = mp.hilbert(n)
    right = mp.matrix([1] * n)
    solution = mp.lu_solve(matrix, right)
    # the sum of all elements of the inverse is n**2
    total = mp.fsum(solution)
    print("value =", mp.nstr(total, 25))
    print("relation_error =", mp.nstr(abs(total - n**2) / n**2, 3))


def eigen(n):
    matrix = mp.matrix(n, n)
    for i in range(n):
        for j in range(n):
            matrix[i, j] = mp.mpf(1) / (1 + abs(i - j))
    values = mp.eigsy(matrix, eigvals_only=True)
    print("value =", mp.nstr(max(values), 25))
    print("relation_error =", mp.nstr(abs(mp.fsum(values) - n) / n, 3))


if __name__ == "__main__":
    mp.mp.dps = 50
    {"solve": solve, "eigen": eigen}[sys.argv[1]](int(sys.argv[2]))
