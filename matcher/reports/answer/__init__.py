"""One answer as people open it: page, sheet, PDF, workbook, JSON, map."""
