"""What `edihub doctor` looks at: each check stands alone, changes nothing, and says what to do."""
