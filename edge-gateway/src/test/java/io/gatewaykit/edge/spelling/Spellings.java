// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Spellings of a path that some server reads as another path. */
final class Spellings {
  /** Insertions between and around the segments of a path. */
  private static final List<String> TOKENS =
      List.of(
          ";",
          ";x",
          ";a=b",
          ";a=%2f",
          "%3b",
          "%3Bx",
          "/",
          "//",
          "/.",
          "/./",
          "/%2e/",
          "/.;/",
          "/;/",
          "/;x/",
          "%2f",
          "%2F",
          "\\",
          "%5c",
          "%5C",
          "\\.\\",
          "%20",
          "%09",
          "%00",
          "%0a",
          "%a0",
          ".",
          "..",
          "%2e",
          "%252f",
          "%255c",
          "%253b",
          "%23",
          "%3f",
          "#",
          "%c0%af",
          "%u002f",
          "%ef%bc%8f",
          "\u00a0",
          "\u00c2\u00a0",
          "%",
          "~",
          ",",
          "|",
          "\u0085",
          "\t");

  /** Spellings of the parent segment. */
  private static final List<String> CLIMBS =
      List.of(
          "/..",
          "/%2e%2e",
          "/.%2e",
          "/%2E.",
          "/..;",
          "/..;x=y",
          "/..%3b",
          "/..%3bx",
          "\\..",
          "%5c..",
          "%2f..",
          "%2f%2e%2e",
          "/..%2f.",
          "/..%00",
          "/..%20",
          "/..%09",
          "/.. ",
          "/..\\.",
          "/..%5c.",
          "/%252e%252e",
          "/..%252f.",
          "/.;/..",
          "/;/..",
          "//..",
          "/./..",
          "/x/../..",
          "/x/..;/..;",
          "/x%2f..%2f..",
          "/x\\..\\..",
          "/...",
          "/..#",
          "/%c0%ae%c0%ae",
          "/%u002e%u002e",
          "/..%23",
          "/..%3f",
          "/..%0a",
          "/..%2e",
          "/..;/.",
          "/..;%2f.");

  /** Forms of a target around the path P of the area A. */
  private static final List<String> FORMS =
      List.of(
          "P",
          "/P",
          "//P",
          "/h/P",
          "//hP",
          "///hP",
          "////hP",
          "/\\hP",
          "\\\\hP",
          "\\P",
          "/\\P",
          "/;P",
          "/;x=1P",
          "/.P",
          "/.;P",
          "/%2eP",
          "/%2fP",
          "%2fP",
          "/%5cP",
          "/.%2fP",
          "/%20P",
          "/%09P",
          "/%00P",
          "http://hP",
          "HTTP://hP",
          "https://hP",
          "http://h/P",
          "http://h;xP",
          "http:P",
          "http:/P",
          "http://P",
          "http2://hP",
          "h2c+x.y-1://hP",
          "ftp://hP",
          "ws://hP",
          "javascript://hP",
          "x:P",
          "@hP",
          "?P",
          "#P",
          "*P",
          "h:80P",
          "http://h:80P",
          "http://h.:080P",
          "http://u@hP",
          "http://h\\P",
          "http://h#P",
          "http://h?P",
          "//h:80P",
          "//u@hP",
          "/http://hP",
          "/#/..P",
          "//h#P",
          "///P");

  private Spellings() {}

  /** Returns targets that can be read as the area; many also contain the name of the other one. */
  static Set<String> of(String area, String other) {
    var all = new LinkedHashSet<String>();
    String path = "/" + area + "/hi";
    for (String form : FORMS) {
      all.add(form.replace("P", path));
    }
    for (String token : TOKENS) {
      all.add("/" + area + token + "/hi");
      all.add("/" + area + token + "hi");
      all.add("/" + token + area + "/hi");
      all.add("/" + area + "/hi" + token);
      all.add("/" + area + token);
      all.add(token + path);
    }
    for (String climb : CLIMBS) {
      all.add("/" + other + climb + path);
      all.add("/" + other + "/x" + climb + climb + path);
      all.add(climb + path);
      all.add(path + climb);
    }
    all.addAll(encoded(area));
    return all;
  }

  private static List<String> encoded(String area) {
    var all = new ArrayList<String>();
    char first = area.charAt(0);
    String rest = area.substring(1);
    String hex = Integer.toHexString(first);
    for (String start :
        List.of("%" + hex, "%25" + hex, "%u00" + hex, "%" + hex.charAt(0) + "%" + hex.charAt(1))) {
      all.add("/" + start + rest + "/hi");
    }
    String upper = area.toUpperCase(Locale.ROOT);
    all.addAll(List.of("/" + upper + "/hi", "/" + upper, "/" + upper.charAt(0) + rest + "/hi"));
    all.add("/" + upper + ";x/hi");
    all.add("/%" + Integer.toHexString(upper.charAt(0)) + rest + "/hi");
    return all;
  }
}
