"""The pack of a cohort: tables, layers, pages and documents to hand over."""
