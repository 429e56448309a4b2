"""The command `maillage`: the matcher, the site and its administration under one name."""
