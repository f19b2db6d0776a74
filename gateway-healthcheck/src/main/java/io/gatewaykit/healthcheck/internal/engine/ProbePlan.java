// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import java.net.InetAddress;
import java.util.List;

/**
 * The probe of one target: its parts run one after the other within one timeout.
 *
 * @param id the target's id, from which the phase of its schedule is derived
 * @param address the address for the limit on concurrent probes
 * @param parts the parts, at least one
 * @param oneIsEnough whether one passed part is sufficient; otherwise all parts must pass
 */
public record ProbePlan(
    String id, InetAddress address, List<ProbePart> parts, boolean oneIsEnough) {}
