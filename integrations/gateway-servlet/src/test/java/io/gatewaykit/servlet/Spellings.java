// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Request targets: spellings of a path by attackers, and targets of ordinary applications. */
final class Spellings {
  private static final List<String> BEFORE =
      List.of(
          "",
          "/;",
          "/.;",
          "/.;a=b",
          "/x/..",
          "/x/..;",
          "/x/..;a=b",
          "/static/..",
          "/static/..;a",
          "/%2e",
          "/x/%2e%2e",
          "/static/%2e%2e;",
          "/",
          "/.",
          "/\\",
          "/%5c",
          "/x%2f..",
          "/static%2f..",
          "/x%5c..",
          "/%2f",
          "/;/;",
          "/..",
          "/static/..%2f..",
          "/static/.%2e",
          "/static/%2e.;x",
          "/static/x/../..",
          "/static\\..",
          "/%252e%252e",
          "/static/%c0%ae%c0%ae");
  private static final List<String> AFTER =
      List.of(
          "/", "//", "/;/", "/./", "%2f", "%5c", "\\", "/x/../", "/.;/", "/%2e/", "/x/..;/", ";/");

  private Spellings() {}

  /** Returns the ways in which the first segment of a path can be written. */
  private static List<String> names(String name) {
    String first = Integer.toHexString(name.charAt(0));
    String rest = name.substring(1);
    return List.of(
        name,
        name + ";x",
        name + ";",
        ";" + name,
        "%" + first + rest,
        "%25" + first + rest,
        name.toUpperCase(Locale.ROOT),
        name + "%3bx",
        name + "%20",
        name + ".",
        name + "%00",
        name + "%09",
        name + "%2e",
        name + ";x=%2f",
        name + "%c0%af",
        name + "%252f",
        name + "%E2%80%8B");
  }

  /** Returns spellings of paths below {@code /name}: the simple ones and a sample of the rest. */
  static List<String> of(String name, int count, long seed) {
    var targets = new LinkedHashSet<String>();
    BEFORE.forEach(before -> targets.add(before + "/" + name + "/hi"));
    AFTER.forEach(after -> targets.add("/" + name + after + "hi"));
    names(name).forEach(spelled -> targets.add("/" + spelled + "/hi"));
    var combined = new ArrayList<String>();
    for (String before : BEFORE) {
      for (String spelled : names(name)) {
        AFTER.forEach(after -> combined.add(before + "/" + spelled + after + "hi"));
      }
    }
    Collections.shuffle(combined, new Random(seed));
    targets.addAll(combined.subList(0, count - targets.size()));
    return List.copyOf(targets);
  }

  /** Returns targets of ordinary clients. */
  static List<String> ordinary() {
    var paths =
        List.of(
            "/",
            "/index.html",
            "/page;jsessionid=0123456789ABCDEF",
            "/page;jsessionid=1A.node1",
            "/cars;color=red;year=2012/seats",
            "/cars;color=red,blue/1",
            "/owners/42;q=11;r=12/pets/21;q=22",
            "/map;lat=50;long=20;scale=32000",
            "/api/v4/projects/group%2Fproject/issues",
            "/@scope%2fname",
            "/odata/Products(1)",
            "/odata/Products('a%20b')",
            "/odata/People?$filter=Name%20eq%20'x'",
            "/files/My%20Document.pdf",
            "/files/r%C3%A9sum%C3%A9.pdf",
            "/files/%E4%BD%A0%E5%A5%BD.txt",
            "/files/a+b.txt",
            "/files/100%25.txt",
            "/files/a%3Bb.txt",
            "/files/a%23b.txt",
            "/files/a%3Fb.txt",
            "/files/a%26b=c.txt",
            "/files/v1.0.",
            "/files/..hidden",
            "/files/...",
            "/files/name..ext",
            "/files/.well-known",
            "/.well-known/acme-challenge/token_-1",
            "/Capitals/In/PATH",
            "/~user/home",
            "/a:b/c@d",
            "/wiki/C++",
            "/wiki/Caf%C3%A9_(bar)",
            "/wiki/It's!",
            "/a,b,c",
            "/a=b&c=d",
            "/$metadata",
            "/_search",
            "/trailing/",
            "/deep/er/and/deep/er/and/deep/er",
            "/image.jpg@2x",
            "/uuid/6f1c1d3e-0000-4000-8000-000000000000",
            "/eyJhbGciOiJIUzI1NiJ9.e30.abc-_",
            "/q?x=1&y=2",
            "/q?next=/a/../b;c",
            "/q?u=http://h/x",
            "/q?a[]=1",
            "/q?%3d",
            "/q?",
            "/q?a;b");
    var targets = new ArrayList<String>();
    for (String prefix : List.of("", "/app", "/chat")) {
      paths.forEach(path -> targets.add(prefix + path));
    }
    return targets;
  }
}
