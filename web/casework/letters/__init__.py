"""Letters of an introduction: briefs, prose, what is filled in, files; and mails that come back."""
