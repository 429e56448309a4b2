"""What a map reader opens: outlines, styles, and a project that puts the layers together."""
