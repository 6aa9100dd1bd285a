"""From results to pictures: SVG, DOT, Mermaid and PNG."""
