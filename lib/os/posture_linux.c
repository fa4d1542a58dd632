/*
 * Copyright (c) 2026 The Enclave authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * Linux: os-release(5), the device mapper's names below /sys for the root
 * file system, and the variable of UEFI that tells of secure boot.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/posture.h"

#define EFI_DIR		"/sys/firmware/efi"
/* GUID of EFI_GLOBAL_VARIABLE, UEFI specification 3.3 */
#define SECURE_BOOT	EFI_DIR "/efivars/SecureBoot-" \
	"8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define DEPTH_MAX	6		/* of devices upon devices */

/* The start of a file as a string; its length or -1. */
static ssize_t
file_read(const char *path, char *buf, size_t size)
{
	ssize_t	 n;
	int	 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

/* The value of a name in os-release(5), quotes taken off. */
static void
release_value(const char *text, const char *name, char *out)
{
	const char	*s, *end;
	size_t		 len = strlen(name);

	for (s = text; s != NULL && *s != '\0'; s = *end == '\n' ? end + 1 :
	    NULL) {
		end = s + strcspn(s, "\n");
		if (strncmp(s, name, len) != 0 || s[len] != '=')
			continue;
		s += len + 1;
		if (end > s + 1 && (*s == '"' || *s == '\'') &&
		    end[-1] == *s) {
			s++;
			end--;
		}
		posture_copy(out, s, (size_t)(end - s));
		return;
	}
}

/* 1 when the block device lies on dm-crypt, 0 when not, -1 not known. */
static int
device_encrypted(const char *dir, int depth)
{
	char		 path[512], uuid[64];
	struct dirent	*de;
	DIR		*slaves;
	int		 one, all = -1;

	snprintf(path, sizeof(path), "%s/dm/uuid", dir);
	if (file_read(path, uuid, sizeof(uuid)) > 0 &&
	    strncmp(uuid, "CRYPT-", 6) == 0)
		return 1;
	snprintf(path, sizeof(path), "%s/slaves", dir);
	if (depth == DEPTH_MAX || (slaves = opendir(path)) == NULL)
		return depth == DEPTH_MAX ? -1 : 0;
	while ((de = readdir(slaves)) != NULL) {
		if (de->d_name[0] == '.' || strlen(de->d_name) > 64 ||
		    strlen(dir) > 300)
			continue;
		snprintf(path, sizeof(path), "%s/slaves/%s", dir, de->d_name);
		one = device_encrypted(path, depth + 1);
		all = all == -1 || one < all ? one : all;
		if (one == -1)
			break;
	}
	closedir(slaves);
	return all == -1 && de == NULL ? 0 : all;
}

static int
root_encrypted(void)
{
	char		 dir[64];
	struct stat	 st;

	if (stat("/", &st) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u", major(st.st_dev),
	    minor(st.st_dev));
	/* Of no device of its own, as an overlay or btrfs: not known. */
	if (access(dir, F_OK) == -1)
		return -1;
	/* A partition has no slaves; what it is part of is no mapping. */
	return device_encrypted(dir, 0);
}

static int
booted_securely(void)
{
	char	 buf[8];

	if (file_read(SECURE_BOOT, buf, sizeof(buf)) == 5)
		return buf[4] == 1;
	/* Without UEFI there is none. */
	return access(EFI_DIR, F_OK) == -1 && errno == ENOENT ? 0 : -1;
}

void
posture_detail(struct posture *p)
{
	char	 text[4096];

	if (file_read("/etc/os-release", text, sizeof(text)) > 0 ||
	    file_read("/usr/lib/os-release", text, sizeof(text)) > 0) {
		release_value(text, "ID", p->distribution);
		release_value(text, "VERSION_ID", p->version);
	}
	p->disk_encrypted = root_encrypted();
	p->secure_boot = booted_securely();
}
