"""From a run to what other programs read of it: JUnit XML, SARIF, annotations, Markdown."""
