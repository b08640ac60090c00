"""One public function per job and file: a Model in, a Dataset or a small record out."""
