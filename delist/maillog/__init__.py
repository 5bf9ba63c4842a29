"""Mail logs as they lie on disks: which files, in which order, unpacked, cut into lines, read by several processes."""
