"""Actors that a need names: a structure, a network, a kind, or what points at one of them."""
