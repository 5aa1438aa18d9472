"""Did the change help? Whose pods, is it live, what counts can prove, the verdict: docs/verification.md."""
