#!/bin/sh
# Assembles man/enclave-messages.7 from its frame, man/enclave-messages.7.in,
# and the table of messages, lib/msg/messages.def: the line "@MESSAGES@" of
# the frame is replaced by one section for each part of the table.
#
# usage: messages.sh >man/enclave-messages.7
set -eu

cd "$(dirname "$0")/.."

# Rows of the table as mdoc.  A row may be spread over several lines; the
# comment before it is its description, comments with dashes are headings.
table()
{
	awk '
	function fail(text)
	{
		printf "messages.sh: %s\n", text >"/dev/stderr"
		failed = 1
		exit 1
	}

	# A sentence begins a line, no line looks like a request.
	function sentence(text,    n, i, word, line)
	{
		n = split(text, word, / +/)
		for (i = 1; i <= n; i++) {
			if (line != "" && length(line) + length(word[i]) > 76) {
				print line
				line = ""
			}
			if (line == "")
				sub(/^[.\047]/, "\\\\&&", word[i])
			line = line (line == "" ? "" : " ") word[i]
		}
		print line
	}

	function prose(text,    n, i, part)
	{
		gsub(/\\/, "\\e", text)
		n = split(text, part, /\. +/)
		for (i = 1; i <= n; i++)
			sentence(part[i] (i < n ? "." : ""))
	}

	function roles(set,    n, i, part, text)
	{
		n = split(set, part, / *\| */)
		for (i = 1; i <= n; i++) {
			if (!(part[i] in role))
				fail("unknown role " part[i])
			text = text (i == 1 ? "" : i == n ? " and " : ", ") \
			    role[part[i]]
		}
		return text
	}

	function flags(set,    n, i, part, text)
	{
		n = set == "0" ? 0 : split(set, part, / *\| */)
		for (i = 1; i <= n; i++) {
			if (!(part[i] in flag))
				fail("unknown flag " part[i])
			text = text "; " flag[part[i]]
		}
		return text
	}

	function heading(text)
	{
		if (open)
			print ".El"
		print ".Ss " text
		print ".Bl -tag -width Ds"
		open = 1
	}

	function begin(text,    n, f)
	{
		n = split(text, f, /, */)
		if (n != 6 || !(f[5] in phase))
			fail("not a row: " text)
		print ".It Cm " f[2]
		print "From " roles(f[3]) " to " roles(f[4]) "; " \
		    phase[f[5]] flags(f[6]) "."
		if (comment != "")
			prose(comment)
		comment = ""
		fields = 0
	}

	function field(kind_name, text,    n, f, size)
	{
		n = split(text, f, /, */)
		if (!(kind_name in kind) || n < 2 || n > 3)
			fail("not a field: " kind_name "(" text ")")
		size = kind[kind_name]
		if (n == 3)
			sub(/@/, f[3], size)
		if (fields++ > 0)
			print line " ,"
		else
			print ".br"
		line = ".Va " f[2] " : " size
		sub(/ : /, " No ", line)
	}

	function end()
	{
		if (fields > 0)
			print line
		messages++
	}

	BEGIN {
		role["R_PARENT"] = "parent"
		role["R_CHILD"] = "every child"
		role["R_NET"] = "netproc"
		role["R_CRYPTO"] = "cryptoproc"
		role["R_TUN"] = "tunproc"
		role["R_CTL"] = "ctlproc"
		role["R_LINK"] = "linkproc"
		role["R_TLS"] = "tlsproc"
		role["R_POLICY"] = "policyproc"
		role["R_STORE"] = "storeproc"
		role["R_AUTH"] = "authproc"
		role["R_STUN"] = "stunproc"
		role["R_OIDC"] = "oidcproc"
		role["R_SPLICE"] = "spliceproc"
		role["R_API"] = "apiproc"
		role["R_ENCLAVECTL"] = "enclavectl"
		role["R_DISCOVERYCTL"] = "enclave-discoveryctl"
		phase["P_SETUP"] = "phase setup"
		phase["P_RUN"] = "phase run"
		phase["P_ANY"] = "any phase"
		flag["M_FD"] = "descriptor"
		flag["M_ONCE"] = "once"
		flag["M_SECRET"] = "secret"
		kind["F_U8"] = "u8"
		kind["F_U16"] = "u16"
		kind["F_U32"] = "u32"
		kind["F_U64"] = "u64"
		kind["F_BYTES"] = "bytes[@]"
		kind["F_STR"] = "text[@]"
		kind["F_BLOB"] = "blob[@]"
		kind["F_EP"] = "endpoint"
		kind["F_EPS"] = "endpoints"
		kind["F_ACLS"] = "acls"
		kind["F_TIMED"] = "timed acls"
		kind["F_WINDOWS"] = "windows"
		kind["F_CANDS"] = "candidates"
		kind["F_U32S"] = "numbers"
		kind["F_TAGS"] = "tags"
		kind["F_RANGES"] = "ranges"
	}

	# Comments: the licence and the head of the file end before the first
	# heading.
	/^\/\* --- / {
		text = $0
		sub(/^\/\* --- */, "", text)
		sub(/ *-* *\*\/$/, "", text)
		heading(text)
		next
	}
	!open { next }
	/^\/\*/ { in_comment = 1; comment = "" }
	in_comment {
		text = $0
		in_comment = text !~ /\*\//
		sub(/^ *\/?\*+/, "", text)
		sub(/\*\/.*$/, "", text)
		gsub(/^[ \t]+|[ \t]+$/, "", text)
		if (text != "")
			comment = comment (comment == "" ? "" : " ") text
		next
	}

	# A statement ends with its bracket.
	/[^ \t]/ {
		gsub(/^[ \t]+|[ \t]+$/, "")
		statement = statement (statement == "" ? "" : " ") $0
		if (statement !~ /\)$/)
			next
		at = index(statement, "(")
		name = substr(statement, 1, at - 1)
		text = substr(statement, at + 1, length(statement) - at - 1)
		statement = ""
		if (name == "MSG_BEGIN")
			begin(text)
		else if (name == "MSG_END")
			end()
		else
			field(name, text)
	}

	END {
		if (failed)
			exit 1
		if (statement != "" || messages == 0)
			fail("the table ends too early")
		print ".El"
	}' lib/msg/messages.def
}

rows=$(table)
while IFS= read -r line; do
	case $line in
	@MESSAGES@)	printf '%s\n' "$rows" ;;
	*)		printf '%s\n' "$line" ;;
	esac
done <man/enclave-messages.7.in
