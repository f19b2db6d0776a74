// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The location of this client as labels, most specific first, such as its zone and its region.
 * Lines of one priority, and the endpoints of a line, are ranked by the first label that matches;
 * those without a match rank last. The label of an endpoint takes precedence over that of its line.
 *
 * <p>A rank keeps all traffic while its healthy fraction times {@link
 * LinePolicy.Builder#overprovision} is at least 1. Below that, the excess spills to the next rank
 * in proportion to the loss, as between priorities.
 *
 * @param labels the labels, most specific first
 * @param clientShare the fraction of all clients at the location of the first label, 0 to 1. If its
 *     endpoints have a smaller fraction of the healthy weight of a line, they receive only as much
 *     traffic as their weight is worth, and the rest spills, so that many clients do not overload a
 *     small zone. 0: unknown, all traffic stays
 */
public record Locality(List<Label> labels, double clientShare) {
  private static final int MAX_LABELS = 8;

  /**
   * A label of lines and endpoints.
   *
   * @param name the name of the label, such as {@code zone}
   * @param value the value at the location of this client
   */
  public record Label(String name, String value) {
    /** Checks that both are present. */
    public Label {
      requireNonNull(name, "name");
      requireNonNull(value, "value");
    }

    private boolean matches(Map<String, String> labels) {
      return value.equals(labels.get(name));
    }
  }

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if there are not 1 to 8 distinct labels, or the share is out
   *     of range
   */
  public Locality {
    labels = List.copyOf(labels);
    if (labels.isEmpty()
        || labels.size() > MAX_LABELS
        || new HashSet<>(labels).size() < labels.size()) {
      throw Arguments.outside("labels", labels, "1.." + MAX_LABELS + " distinct ones");
    }
    clientShare = Arguments.range("clientShare", clientShare, 0, 1);
  }

  /** Returns a locality of one label. */
  public static Locality of(String label, String value) {
    return new Locality(List.of(new Label(label, value)), 0);
  }

  /** Returns the same locality with another, less specific label. */
  public Locality then(String label, String value) {
    var more = new ArrayList<>(labels);
    more.add(new Label(label, value));
    return new Locality(more, clientShare);
  }

  /**
   * Returns the same locality with this fraction of all clients at the location of the first label.
   */
  public Locality withClientShare(double share) {
    return new Locality(labels, share);
  }

  /** Returns the rank of a line; 0 is the nearest. */
  int rank(Map<String, String> lineLabels) {
    return rank(Map.of(), lineLabels);
  }

  /** Returns the rank of an endpoint; 0 is the nearest. */
  int rank(Map<String, String> endpointLabels, Map<String, String> lineLabels) {
    for (int i = 0; i < labels.size(); i++) {
      Label label = labels.get(i);
      if (label.matches(endpointLabels.containsKey(label.name()) ? endpointLabels : lineLabels)) {
        return i;
      }
    }
    return labels.size();
  }
}
