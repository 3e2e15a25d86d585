"""Contract suites and fakes for connectors, shipped so that any connector can inherit them.

A connector's test file names its spec and a far side; the suites do the rest. Needs pytest, which the `dev` extra brings.
"""
