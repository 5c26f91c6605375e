"""The Avro schemas, one file per record; `schemas.codec.load` reads them."""
