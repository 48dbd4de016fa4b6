"""What crosses the border of a workbench, for people and for other programs: reports, and later packages."""
