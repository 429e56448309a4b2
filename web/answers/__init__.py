"""What pages show of an answer: asked, kept by content, filtered, mapped, shelved."""
