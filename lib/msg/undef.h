/* Ends one expansion of messages.def; no include guard on purpose. */
#undef MSG_BEGIN
#undef MSG_END
#undef F_U8
#undef F_U16
#undef F_U32
#undef F_U64
#undef F_BYTES
#undef F_STR
#undef F_BLOB
#undef F_EP
#undef F_EPS
#undef F_ACLS
#undef F_CANDS
#undef F_U32S
#undef F_TAGS
