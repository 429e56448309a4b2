"""The proof of an answer: what it was made of, so that anybody can make it again and compare."""
