// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code Content-Disposition} of a part, as defined by RFC 7578, 6266 and 8187 and as written
 * by browsers: a quote in a file name is {@code %22} or {@code \"}, and a semicolon inside quotes
 * belongs to the name. Names that parsers are known to interpret differently are violations.
 *
 * @param name the name of the field, or an empty text
 * @param names the number of name parameters, 1 in a valid field
 * @param fileNames all interpretations of the file name
 * @param isFile whether there is a plain, non-empty file name, so that every parser treats the part
 *     as a file
 * @param others the type if it is uncommon, and the values of other parameters
 * @param defect the first violation, or an empty text
 */
record Disposition(
    String name,
    int names,
    List<String> fileNames,
    boolean isFile,
    List<String> others,
    String defect) {
  static final Disposition NONE = new Disposition("", 0, List.of(), false, List.of(), "");
  private static final List<String> TYPES =
      List.of("", "form-data", "attachment", "inline", "file");

  static Disposition parse(String field) {
    int semicolon = field.indexOf(';');
    String name = "";
    int names = 0;
    int plain = 0;
    boolean unnamed = false;
    List<String> fileNames = new ArrayList<>();
    String defect = "";
    List<String> others = new ArrayList<>();
    String type = semicolon < 0 ? field : field.substring(0, semicolon);
    type = type.substring(type.indexOf(':') + 1).strip();
    if (!TYPES.contains(Decoding.lowercase(type))) {
      others.add(type);
    }
    List<MediaType.Parameter> parameters =
        semicolon < 0 ? List.of() : MediaType.parameters(field.substring(semicolon + 1));
    for (MediaType.Parameter p : parameters) {
      if (!p.name().equals("filename*") && !isUnambiguous(p)) {
        defect = first(defect, "a parameter that parsers interpret differently");
      }
      if (p.name().equals("name")) {
        names++;
        name = p.value();
      } else if (p.name().equals("filename")) {
        plain++;
        unnamed |= p.value().isBlank();
        readings(p, fileNames);
        boolean hides = hidesParameter(p.value());
        defect = first(defect, hides ? "a file name that parsers interpret differently" : "");
      } else if (p.name().equals("filename*")) {
        String value = p.value();
        int quote = value.indexOf('\'');
        int second = quote < 0 ? -1 : value.indexOf('\'', quote + 1);
        fileNames.add(Decoding.percent(value.substring(second + 1), false));
        boolean standard = p.tight() && quote > 0 && second > 0 && !p.quoted();
        defect = first(defect, standard ? "" : "a file name not encoded by RFC 8187");
      } else if (p.name().startsWith("filename")) {
        fileNames.add(Decoding.percent(p.value(), false));
        defect = first(defect, "a file name in continuations");
      } else if (!p.value().isEmpty()) {
        others.add(p.value());
      }
    }
    defect = first(defect, plain > 1 ? "a part with two file names" : "");
    return new Disposition(
        name, names, List.copyOf(fileNames), plain > 0 && !unnamed, List.copyOf(others), defect);
  }

  /** Returns whether every parser ends the value at the same position. */
  private static boolean isUnambiguous(MediaType.Parameter p) {
    return MediaType.isToken(p.name())
        && p.isClean()
        && (p.quoted() || !MediaType.hasQuote(p.value()));
  }

  private static String first(String defect, String next) {
    return defect.isEmpty() ? next : defect;
  }

  /** Adds the file name, and the shorter one seen by a parser that ends it at an escaped quote. */
  private static void readings(MediaType.Parameter p, List<String> fileNames) {
    String value = Decoding.percent(p.value(), false);
    fileNames.add(value);
    int quote = p.value().indexOf('"');
    if (quote > 0) {
      fileNames.add(Decoding.percent(p.value().substring(0, quote), false));
    }
  }

  /** Returns whether a parser that splits at every semicolon finds another name in a value. */
  private static boolean hidesParameter(String value) {
    int semicolon = value.indexOf(';');
    while (semicolon >= 0) {
      int at = semicolon + 1;
      while (at < value.length() && Character.isWhitespace(value.charAt(at))) {
        at++;
      }
      at += value.regionMatches(true, at, "file", 0, 4) ? 4 : 0;
      if (value.regionMatches(true, at, "name", 0, 4)) {
        at += 4;
        while (at < value.length() && isIgnored(value.charAt(at))) {
          at++;
        }
        if (at < value.length() && value.charAt(at) == '=') {
          return true;
        }
      }
      semicolon = value.indexOf(';', semicolon + 1);
    }
    return false;
  }

  private static boolean isIgnored(char c) {
    return c == '*' || Character.isWhitespace(c);
  }
}
