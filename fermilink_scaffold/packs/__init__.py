r"""Packs: what a group knows about one package, as data.

A pack is a directory with `pack.yaml` (its schema, with a description of every key, is
`pack.schema.json`), templates (`program.md.j2` ...) and plain files. No code of it is ever
run while scaffolding. Templates extend the next layer's with `{% extends "!program.md.j2" %}`
and change single blocks. `pack.yaml` says which packages it serves, which repositories it
recognises, and how it reads a workload that holds no command:

    name: hello
    packages: [hello, hello-world]
    variables:
      python: {type: text, default: python, help: The interpreter that runs the cases.}
    artifacts:
      - {path: autogen/cases/hello_case.py, template: hello_case.py}
    workloads:
      - examples: ["H2O / cc-pVDZ / RHF"]
        pattern: '^(?P<system>\S+) / (?P<basis>\S+) / (?P<method>RHF|UHF)'
        flags: i
        find: {space: 'space\s*=\s*(\d+)'}
        command:
          - "{{ variables.python }}"
          - "{{ cases }}/hello_case.py"
          - "{{ system }}"
          - "--basis={{ basis }}"
          - "{% if space %}--space={{ space }}{% endif %}"
        metrics:
          energy: {json: energy}

The pattern is searched in the workload's text, on one line and without backticks. Every
string is a sandboxed Jinja template over its named groups (lower or upper case as written;
"" for a group that is not there), what `find` found, `id`, `text`, `files`, `mpi_ranks` (0
without), `variables` and `cases` (the directory of the artifacts in `autogen/cases/`, which
are sealed and handed to the agent). A word that comes out empty is left out.
"""
