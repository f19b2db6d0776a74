// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The rule language: the values that a rule inspects, the transformations applied first, the
 * operators and the action. Built-in and custom rules use the same elements.
 */
@NullMarked
package io.gatewaykit.waf.rule;

import org.jspecify.annotations.NullMarked;
