"""How pages reach people: processes, whose turn it is, what is shared and what is logged."""
