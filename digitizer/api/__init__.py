"""The web: thin routers over the store, one a noun. It serves pictures and never makes any."""
