// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;

/**
 * A rule whose conditions all hold.
 *
 * @param condition the condition that matched last
 * @param value the value that it matched
 * @param text the value after the transformations
 * @param start the index of the first matched byte of the text
 * @param end the index after the last one
 * @param score the score of the rule for this value
 * @param counted whether the match is only counted
 */
public record Match(
    Rule rule,
    Condition condition,
    Value value,
    String text,
    int start,
    int end,
    int score,
    boolean counted) {}
