"""ASN.1: a bounded reader of BER and DER, and a writer of DER (X.690). It knows no CMS."""
