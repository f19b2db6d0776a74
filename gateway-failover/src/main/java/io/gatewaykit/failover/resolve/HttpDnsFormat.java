// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The response format of an HTTPDNS service. */
public enum HttpDnsFormat {
  /**
   * The JSON of public resolvers ({@code application/dns-json}): an {@code Answer} array of records
   * with {@code type}, {@code TTL} and {@code data}.
   */
  DNS_JSON {
    @Override
    Parsed parse(String body) {
      var addresses = new ArrayList<String>();
      long ttl = Long.MAX_VALUE;
      Matcher record = RECORD.matcher(body);
      while (record.find()) {
        String object = record.group();
        String type = group(TYPE, object);
        String data = group(DATA, object);
        if (("1".equals(type) || "28".equals(type))
            && !data.isEmpty()) { // A, AAAA; others are aliases
          addresses.add(data);
          ttl = Math.min(ttl, number(group(TTL, object), 60));
        }
      }
      return new Parsed(addresses, addresses.isEmpty() ? 0 : ttl);
    }
  },
  /**
   * A JSON object with the arrays {@code ips} and {@code ipsv6}, and {@code ttl}, as used by
   * Alibaba.
   */
  IPS_JSON {
    @Override
    Parsed parse(String body) {
      var addresses = new ArrayList<String>();
      Matcher lists = IPS.matcher(body);
      while (lists.find()) {
        Matcher strings = STRING.matcher(lists.group(1));
        while (strings.find()) {
          addresses.add(strings.group(1));
        }
      }
      return new Parsed(addresses, number(group(TTL, body), 60));
    }
  },
  /**
   * Addresses separated by semicolons, a comma and the time to live in seconds, as used by Tencent.
   */
  TEXT {
    @Override
    Parsed parse(String body) {
      String text = body.strip();
      int comma = text.indexOf(',');
      String list = comma < 0 ? text : text.substring(0, comma);
      var addresses = new ArrayList<String>();
      for (String address : SEMICOLON.split(list, -1)) {
        if (!address.isBlank()) {
          addresses.add(address.strip());
        }
      }
      return new Parsed(addresses, comma < 0 ? 60 : number(text.substring(comma + 1), 60));
    }
  };

  /** The parsed fields; addresses are not validated yet. */
  record Parsed(List<String> addresses, long ttlSeconds) {}

  // Responses are small and flat, and each extracted value is validated as an address later. These
  // patterns extract the few relevant fields without a JSON library. None can backtrack.
  private static final Pattern RECORD = Pattern.compile("\\{[^{}\\[\\]]*+\\}");
  private static final Pattern TYPE = Pattern.compile("\"type\"\\s*+:\\s*+(\\d{1,5})");
  private static final Pattern DATA = Pattern.compile("\"data\"\\s*+:\\s*+\"([^\"\\\\]*+)\"");
  private static final Pattern TTL = Pattern.compile("(?i)\"ttl\"\\s*+:\\s*+(\\d{1,9})");
  private static final Pattern IPS =
      Pattern.compile("\"(?:ips|ipsv6)\"\\s*+:\\s*+\\[([^\\[\\]]*+)\\]");
  private static final Pattern STRING = Pattern.compile("\"([^\"\\\\]*+)\"");
  private static final Pattern SEMICOLON = Pattern.compile(";");

  abstract Parsed parse(String body);

  private static String group(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }

  private static long number(String text, long otherwise) {
    try {
      long number = Long.parseLong(text.strip());
      return number < 0 ? otherwise : number;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
