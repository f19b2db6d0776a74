// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The fields of an {@code application/x-www-form-urlencoded} body. Invalid percent-encoding is left
 * unchanged, as in the URL standard.
 */
final class FormFields {
  private FormFields() {}

  static void parse(byte[] form, Charset charset, Map<String, List<String>> into) {
    int start = 0;
    for (int i = 0; i <= form.length; i++) {
      if (i == form.length || form[i] == '&') {
        if (i > start) {
          pair(form, start, i, charset, into);
        }
        start = i + 1;
      }
    }
  }

  private static void pair(
      byte[] form, int from, int to, Charset charset, Map<String, List<String>> into) {
    int equals = from;
    while (equals < to && form[equals] != '=') {
      equals++;
    }
    String name = decode(form, from, equals, charset);
    String value = decode(form, Math.min(equals + 1, to), to, charset);
    into.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  private static String decode(byte[] form, int from, int to, Charset charset) {
    var bytes = new ByteArrayOutputStream(to - from);
    for (int i = from; i < to; i++) {
      int high = form[i] == '%' && i + 2 < to ? Character.digit(form[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(form[i + 2], 16);
      if (low >= 0) {
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(form[i] == '+' ? ' ' : form[i]);
      }
    }
    return bytes.toString(charset);
  }
}
