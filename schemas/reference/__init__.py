"""Reference lists as data: one CSV per list, read by `lists`; what no source confirms is marked so."""
