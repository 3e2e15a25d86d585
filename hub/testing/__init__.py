"""Contract suites and fakes for connectors, shipped so that any connector can inherit them."""
