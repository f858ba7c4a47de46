"""A local stand-in for Slack on loopback, with a page: what `demo` and the end-to-end tests run against."""
