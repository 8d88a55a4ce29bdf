"""Results as files: parts and merged tables, folders and their manifests, identity and provenance.

Files appear whole or not at all, and the same content gives the same bytes.
It may import no other room of ``runners``.
"""
