"""Places: found or asked, nested (commune, EPCI, département, région), measured."""
