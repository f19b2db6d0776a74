// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.words;

/** Shell commands, their separators and their arguments. */
final class ShellGrammar {
  /** At most the first word of a value. A sentence has more words before its first separator. */
  private static final String FIRST_WORD = "^[^ \\n;|&`]*[ \\t]?";

  /** A separator on the same line. Excludes the back quote, which users put around quoted code. */
  private static final String SEPARATOR = "(?:[;|&]+|\\$\\(|[<>]\\(|%0[ad]|%26|%7c)";

  /** The start of an injection into a command line. */
  static final String INJECTED = FIRST_WORD + SEPARATOR + "[ \\t+|&;()!{\\n\\r]*";

  /** The same, without a space after the separator. */
  static final String TIGHT = "^[^ \\n;|&`]*[;|&]+";

  /** The start of an injection after a line break. */
  static final String NEXT_LINE = FIRST_WORD + "[\\n\\r]+[ \\t]*";

  static final String BIN = "(?:[\\w./?*\\[\\]${}-]*/)?";

  /** Commands that are not words of a natural language. */
  static final String CLEAR_COMMAND =
      words(
          """
          (?:ba|z|c|k|tc|da)?sh 7z adduser apk apt(?:-get|-cache)? arp attrib awk aws az base64
          bcdboot bcdedit bitsadmin brew busybox bzip2 capsh cargo cc certutil chattr chgrp
          chmod chown chroot clang cmd cmp cp crontab cscript curl dd df diff diskpart dig dir dmesg dnf
          docker doctl dropdb dsquery du ed egrep emacs eval fdisk fgrep findstr flock fsutil ftp g\\+\\+
          gawk gcc gcloud gdb gem getent git gpg grep gunzip gzip helm heroku hexdump hostname hostnamectl
          hydra icacls id ifconfig ifdown ifup ionice ipaddr ipconfig iptables irb iwconfig
          javac? journalctl jshell kill killall kubectl ldapsearch ldd ln ls lsattr lsb_release
          lsof ltrace lua lynx mawk mkdir mkfifo mkfs(?:\\.\\w+)? mklink mongo(?:sh)? msfconsole
          mshta mv mysql mysqladmin mysqldump nano nawk nc ncat netcat netsh netstat nl nltest nmap node
          nohup npm npx nsenter nslookup oci od openssl passwd perl php phpinfo ping6? pip3? pkill
          podman poweroff powershell printenv printf ps psql pwd pwsh python[23]? quser qwinsta rd
          readlink realpath reboot redis-cli reg regsvr32 rm rmdir robocopy route rsync ruby
          rundll32 rustc sc schtasks scp sed setarch setsid setx socat sqlite3 sqlmap ssh stat
          stdbuf strace su sudo sysinfo systemctl systeminfo tac takeown tar taskkill tasklist
          taskset tclsh tcpdump tee telnet tftp timedatectl tmux tr traceroute tracert umount
          uname uniq unshare unzip uptime useradd ver vim? vol vssadmin w3m wbadmin wc wevtutil wget
          whoami wmic wscript xargs xcopy xxd xz yum zcat zip
          """);

  /** Commands that are also words of a natural language. */
  static final String WORD_COMMAND =
      words(
          """
          alias apropos at batch builtin cal cat cipher column comm command copy cut date del
          dump echo eject env exec expect export factor false file find finger fold free groups
          halt head history host install ip jobs join last less link links locate logger logname
          look mail make man more mount move net nice paste read restore rev screen script seq
          service set shutdown sleep sort source split start strings tail test time timeout top
          touch trap true type unset users w wall watch whereis which who write yes
          """);

  /** The end of a value or of a command. */
  private static final String END = "[ \\t]*(?:$|[;|&`)\\n\\r#}<>])";

  /** An argument that only a shell accepts, with the preceding white space. */
  static final String SHELL_ARGUMENT =
      "[ \\t+]+(?:[-/.~$*|&;%\\d?{<>\\[]|https?:|[a-z]:|[\\w.-]+(?:\\.\\w|/|:|=|\\\\))";

  /** An argument that only a shell accepts. */
  static final String SHELL_WORD = any(SHELL_ARGUMENT, "[<$+{@*]");

  /** The text after a command that is not a natural-language word. */
  static final String CLEAR_ARGUMENT =
      any(END, SHELL_WORD, "[ \\t+]+['\"]", "(?:[ \\t+]+[\\w.:/@%=-]+){1,3}" + END);

  /** The text after a command that is also a natural-language word. */
  static final String WORD_ARGUMENT = any(END, SHELL_WORD);

  /** Words after a command, which also occur in prose, but after a space. */
  static final String BARE_WORDS = "(?:[ \\t+]+[\\w-]+){1,3}[ \\t]*(?:$|[;|&`)}<>])";

  /** The text after a command on a separate line, which may be an item of a list. */
  static final String LINE_ARGUMENT = any(SHELL_WORD, "[ \\t\\n\\r]*$");

  private ShellGrammar() {}
}
