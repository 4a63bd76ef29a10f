"""Pictures of skeletons and data; these modules need matplotlib and are imported one by one."""
