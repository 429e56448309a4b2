"""Letters of an introduction: briefs, prose, documents, drafts."""
