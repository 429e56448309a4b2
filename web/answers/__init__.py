"""What pages show of an answer: asked, kept by content, mapped, shelved, a road map, letters."""
