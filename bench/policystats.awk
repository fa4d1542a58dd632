# Head and samples of policy.sh to a table or to JSON lines (-v form=text|json).
# A head line is name<tab>value, a sample figure<tab>turn<tab>value.

function percentile(f, p,    i)
{
	i = int(n[f] * p / 100 + 0.999999)
	return sorted[f, i < 1 ? 1 : i]
}

function sort_values(f,    i, j, v)
{
	for (i = 1; i <= n[f]; i++) {
		v = value[f, i]
		for (j = i - 1; j >= 1 && sorted[f, j] > v; j--)
			sorted[f, j + 1] = sorted[f, j]
		sorted[f, j + 1] = v
	}
}

function goal(f, p, most, unit)
{
	if (n[f] == 0)
		return
	printf "%-44s <= %8s %-4s %10.1f  %s\n", title(f) \
	    (p ? ", p" p : ""), most, unit, p ? percentile(f, p) : \
	    percentile(f, 50), (p ? percentile(f, p) : \
	    percentile(f, 50)) <= most && !failed[f] ? "reached" : \
	    "NOT REACHED"
}

function title(f)
{
	return f in titles ? titles[f] : "felt: " f
}

BEGIN {
	titles["all"] = "change to packet, all kinds, ms"
	titles["enrol"] = "all enrolled, s"
	titles["connect"] = "all connected, s"
	titles["back"] = "all back after a restart, s"
	titles["memory"] = "memory of an idle agent beyond TLS, KiB"
	titles["memory_tls"] = "memory of its TLS, KiB"
	titles["touched_p50"] = "change of 1,001 systems acknowledged p50, ms"
	titles["touched_p99"] = "the same, p99, ms"
}

FNR == NR {
	head[++heads] = $1 "\t" $2
	next
}

{
	if (!($1 in n))
		order[++figures] = $1
	if ($3 == "failed") {
		failed[$1]++
		n[$1] += 0
	} else
		value[$1, ++n[$1]] = $3 + 0
}

END {
	for (i = 1; i <= figures; i++)
		sort_values(order[i])
	for (i = 1; i <= heads; i++) {
		split(head[i], h, "\t")
		if (form == "json")
			printf "{\"head\":\"%s\",\"value\":\"%s\"}\n", h[1], h[2]
		else
			printf "%-14s%s\n", h[1], h[2]
	}
	if (form != "json")
		printf "\n%-48s %6s %6s %9s %9s %9s\n", "", "n", "failed", \
		    "p50", "p99", "max"
	for (i = 1; i <= figures; i++) {
		f = order[i]
		if (form == "json")
			printf "{\"figure\":\"%s\",\"n\":%d,\"failed\":%d," \
			    "\"p50\":%s,\"p99\":%s,\"max\":%s}\n", f, n[f], \
			    failed[f], percentile(f, 50) + 0, \
			    percentile(f, 99) + 0, sorted[f, n[f]] + 0
		else
			printf "%-48s %6d %6d %9.1f %9.1f %9.1f\n", title(f), \
			    n[f], failed[f], percentile(f, 50), \
			    percentile(f, 99), sorted[f, n[f]]
	}
	if (form == "json")
		exit
	printf "\ngoals\n"
	goal("all", 50, 100, "ms")
	goal("all", 99, 1000, "ms")
	goal("connect", 0, 60, "s")
	goal("memory", 0, 40, "KiB")
	goal("touched_p99", 99, 1000, "ms")
	goal("back", 0, 60, "s")
}
