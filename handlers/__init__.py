"""The edges: each handler parses, calls one function and renders."""
