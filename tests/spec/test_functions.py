import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.spec.survey.functions import Function, Unreadable, functions_in

LANGUAGES = {
    "a.py": "python",
    "a.pyx": "python",
    "a.c": "c",
    "a.cpp": "cpp",
    "a.f90": "fortran",
    "a.f": "fortran",
    "a.rs": "rust",
    "a.jl": "julia",
}


def found(text, path):
    """Name, first line, last line and loop depth of each function."""
    functions = functions_in(text.encode(), LANGUAGES[path], path)
    return [(each.name, each.first, each.last, each.loops) for each in functions]


def test_python_functions_methods_and_nested_ones():
    assert found(
        "@decorated\n"
        "def outer(a,\n"
        "          b):\n"
        "    for x in a:\n"
        "        while x:\n"
        "            x = [y for y in b]\n"
        "    def inner():\n"
        "        return 1\n"
        "    return inner\n"
        "\n"
        "class Solver:\n"
        "    async def step(self):\n"
        "        async for x in self:\n"
        "            try:\n"
        "                pass\n"
        "            finally:\n"
        "                for y in x: pass\n",
        "a.py",
    ) == [("outer", 2, 9, 2), ("outer.inner", 7, 8, 0), ("Solver.step", 12, 17, 2)]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"def f(:\n", 1),
        (b"x = 1\nprint 'python 2'\n", 2),
        (b"s = '\xe9'\n", 1),
        (b"x = 1\0\n", None),
        (b"(" * 3000, 1),
    ],
)
def test_python_that_does_not_compile_is_unreadable(data, line):
    with pytest.raises(Unreadable) as caught:
        functions_in(data, "python", "a.py")
    assert caught.value.what
    assert line is None or caught.value.line == line


def test_python_says_its_own_encoding():
    data = b"# -*- coding: latin-1 -*-\ndef f():\n    return '\xe9'\n"
    assert functions_in(data, "python", "a.py") == [Function(name="f", first=2, last=3)]


def test_python_warnings_stay_silent():
    assert found("def f():\n    return '\\d'\n", "a.py") == [("f", 1, 2, 0)]


def test_cython_functions():
    assert found(
        "cimport numpy as np\n"
        "cdef double[:] table = f(1)\n"
        "cdef inline double norm(double[:] x,\n"
        "                        int n) nogil:\n"
        '    """for all: def not(a)\n'
        "    def neither(b):\n"
        '    """\n'
        "    cdef int i\n"
        "    for i in range(n):\n"
        "        for j in prange(n):\n"
        "            s += x[i]  # def f():\n"
        "    return s\n"
        "\n"
        "cdef class Tree:\n"
        "    cpdef query(self, x):\n"
        "        return x\n"
        "def last(): return 0\n",
        "a.pyx",
    ) == [("norm", 3, 12, 2), ("Tree.query", 15, 16, 0), ("last", 17, 17, 0)]


def test_c_functions():
    assert found(
        '#include "a.h"\n'
        "#define LOOP(x) for (;;) { x; }\n"
        "/* int no(void) { */\n"
        'static const char *text = "int no(void) {"; // int no() {\n'
        "int table[2] = {1, 2};\n"
        "struct point { int x; };\n"
        "typedef struct { int x; } pair;\n"
        "static PyObject *\n"
        "kernel(double *a, int n)\n"
        "{\n"
        "    for (int i = 0; i < n; i++)\n"
        "        for (int j = 0; j < n; j++) {\n"
        "            do { a[i] += '}'; } while (a[i] < 0);\n"
        "        }\n"
        "    for (;;) ;\n"
        "}\n"
        "int old(a, b)\n"
        "    int a;\n"
        "    double *b;\n"
        "{ return a; }\n"
        "void declared(int);\n",
        "a.c",
    ) == [("kernel", 9, 16, 3), ("old", 17, 20, 0)]


def test_of_uneven_preprocessor_branches_the_first_counts():
    assert found(
        "#ifdef A\n"
        "int f(int a) {\n"
        "#else\n"
        "int f(double a) {\n"
        "#endif\n"
        "  return 1;\n"
        "}\n"
        "#if 0\n"
        "int dead(void) { return 0; }\n"
        "#else\n"
        "int live(void) { return 0; }\n"
        "#endif\n"
        "#ifdef B\n"
        "int b1(void) { return 0; }\n"
        "#else\n"
        "int b2(void) { return 0; }\n"
        "#endif\n",
        "a.c",
    ) == [("f", 2, 7, 0), ("live", 11, 11, 0), ("b1", 14, 14, 0), ("b2", 16, 16, 0)]


def test_cpp_functions():
    assert found(
        "namespace a { namespace {\n"
        "template <class T, int N = (1 > 0)>\n"
        "class Grid : public Base<T> {\n"
        " public:\n"
        "  explicit Grid(int n) : n_(n), data_{n, {}} { }\n"
        "  ~Grid() noexcept(true) = default;\n"
        "  T operator()(int i) const { return data_[i]; }\n"
        "  bool operator==(const Grid& other) const override {\n"
        "    return std::all_of(b, e, [](int x) { return x > 0; });\n"
        "  }\n"
        "  enum Kind { one, two };\n"
        "};\n"
        "}\n"
        "auto Grid<int>::size() const -> decltype(n_) {\n"
        "  for (auto& x : data_) while (x) --x;\n"
        '  const char* s = R"(} no { )";\n'
        "  return 1'000;\n"
        "}\n"
        'extern "C" {\n'
        "int entry(void) { return 0; }\n"
        "}\n"
        "}\n",
        "a.cpp",
    ) == [
        ("Grid::Grid", 5, 5, 0),
        ("Grid::operator()", 7, 7, 0),
        ("Grid::operator==", 8, 10, 0),
        ("Grid::size", 14, 18, 2),
        ("entry", 20, 20, 0),
    ]


def test_fortran_free_form():
    assert found(
        "module grid\n"
        "  implicit none\n"
        "  interface\n"
        "    subroutine external_one(a)\n"
        "    end subroutine\n"
        "  end interface\n"
        "contains\n"
        "  pure recursive function norm(x) result(r) ! function no(x)\n"
        "    real(kind=dp), intent(in) :: x(:)\n"
        "    outer: do i = 1, n\n"
        "      do concurrent (j = 1:n)\n"
        "        if (x(i) > 0) then\n"
        "        end if\n"
        "      end do\n"
        "    enddo outer\n"
        "  end function norm\n"
        "  real(8) function half(x)\n"
        "    half = x / 2\n"
        "  contains\n"
        "    SUBROUTINE Inner\n"
        "      print *, 'end function'\n"
        "    END SUBROUTINE\n"
        "  end\n"
        "end module\n"
        "program main\n"
        "  do while (.true.)\n"
        "  end do\n"
        "end program\n",
        "a.f90",
    ) == [("norm", 8, 16, 2), ("half", 17, 23, 0), ("Inner", 20, 22, 0), ("main", 25, 28, 1)]


def test_fortran_fixed_form_with_shared_loop_ends():
    assert found(
        "C     SUBROUTINE NO(X)\n"
        "      DOUBLE PRECISION FUNCTION DNRM(N, X)\n"
        "      INTEGER N\n"
        "*     end\n"
        "      DO 20 I = 1, N\n"
        "      DO 20 J = 1, N\n"
        "      IF (X(I)) 30, 20, 20\n"
        "   20 CONTINUE\n"
        "      DO 40, K = 1, N\n"
        "   40 CONTINUE\n"
        "   30 RETURN\n"
        "      END\n"
        "      SUBROUTINE STEP (A,\n"
        "     &                 B)\n"
        "      END\n",
        "a.f",
    ) == [("DNRM", 2, 12, 2), ("STEP", 13, 15, 0)]


def test_of_two_fortran_heads_in_a_row_the_preprocessor_keeps_one():
    assert found(
        "#ifdef X\nelemental subroutine free(a)\n#else\nsubroutine free(a)\n#endif\n"
        "end subroutine free\nsubroutine next\nend subroutine next\n",
        "a.f90",
    ) == [("free", 4, 6, 0), ("next", 7, 8, 0)]


def test_rust_functions():
    assert found(
        "//! fn no() {\n"
        "use a::{b, c};\n"
        "impl<T: Into<f64>> Solver<T> for Grid<'_, T> {\n"
        "    pub fn step<'a>(&'a self, c: char) -> Vec<T>\n"
        "    where\n"
        "        T: Copy,\n"
        "    {\n"
        "        for i in self.x.iter().map(|a| { a + 1 }) {\n"
        "            loop { break; }\n"
        "        }\n"
        "        match c { '{' => vec![], _ => r#\"}\"#.into() }\n"
        "    }\n"
        "}\n"
        "trait Shape { fn area(&self) -> f64; fn twice(&self) -> f64 { 2.0 * self.area() } }\n"
        "mod inner {\n"
        "    fn outer() {\n"
        "        fn nested() { while true {} }\n"
        "    }\n"
        "}\n",
        "a.rs",
    ) == [
        ("Grid::step", 4, 12, 2),
        ("Shape::twice", 14, 14, 0),
        ("outer", 16, 18, 1),
        ("nested", 17, 17, 1),
    ]


def test_julia_functions():
    assert found(
        "module M\n"
        '"""\n'
        "function no() end\n"
        '"""\n'
        "function norm(x::Vector{T}; p = x[end]) where {T}\n"
        "    s = sum(abs(v)^p for v in x if v > 0)\n"
        "    for i in 1:10, j in 1:2\n"
        "        while true\n"
        "            s += x[begin] + (if i > 1 2 else 3 end)\n"
        "        end\n"
        "    end\n"
        "    map(x) do y\n"
        "        y'\n"
        "    end # end\n"
        "end\n"
        "half(x) = x / 2\n"
        "Base.show(io::IO, x::T) where T = print(io, x)\n"
        "macro twice(e)\n"
        "    quote $e; :end end\n"
        "end\n"
        "function Base.:+(a, b)\n"
        "end\n"
        "struct P; x; end\n"
        "x == 1\n"
        "end\n",
        "a.jl",
    ) == [
        ("norm", 5, 15, 2),
        ("half", 16, 16, 0),
        ("Base.show", 17, 17, 0),
        ("@twice", 18, 20, 0),
        ("Base.:+", 21, 22, 0),
    ]


@pytest.mark.parametrize("path", LANGUAGES)
def test_crlf_line_ends_count_once(path):
    text = {
        "python": "x = 1\r\ndef f(a):\r\n  return 1\r\n",
        "fortran": "! x\r\nsubroutine f\r\nend\r\n",
        "rust": "//\r\nfn f() {\r\n}\r\n",
        "julia": "#\r\nfunction f()\r\nend\r\n",
    }.get(LANGUAGES[path], "//\r\nint f() {\r\n}\r\n")
    if path == "a.f":
        text = text.replace("subroutine", "      subroutine").replace("end", "      end")
    assert found(text, path) == [("f", 2, 3, 0)]


@pytest.mark.parametrize("path", LANGUAGES)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet="(){}[];:\n\"'#/*= fndoe", max_size=300).map(str.encode),
        st.lists(
            st.sampled_from(
                [
                    "def f(x):",
                    "end",
                    "do i=1,2",
                    "subroutine a",
                    "int f(int a) {",
                    "}",
                    "for",
                    "\n",
                    "#if A",
                    "#else",
                    "#endif",
                    "fn a() {",
                    "function f(x)",
                    "module m",
                    "if x",
                    '"',
                    "interface",
                    "contains",
                    "class A {",
                    " ",
                    "(",
                    "10 continue",
                    "'",
                    "/*",
                    "  ",
                ]
            ),
            max_size=60,
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_any_bytes_give_functions_inside_the_text(path, data):
    try:
        functions = functions_in(data, LANGUAGES[path], path)
    except Unreadable:
        assert path == "a.py"
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(1 <= each.first <= each.last <= lines and each.loops >= 0 for each in functions)
