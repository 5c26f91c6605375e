"""The national office: members of working groups and of their teams, from a list that it keeps."""
