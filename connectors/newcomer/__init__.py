"""The first command of a hub: from a sample of its sources to a manifest, a mapping, a fixture and a golden test.

recognise   what kind of source a sample is, and how its reader is told so
sampled     the sample's rows, as the reader of that kind gives them
propose     which field becomes which part of the contract, and why
private     rows without what may be about a person
written     the files
golden      what the mapping makes of the frozen rows, and whether it still does
"""
