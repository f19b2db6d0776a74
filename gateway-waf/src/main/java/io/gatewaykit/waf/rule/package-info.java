/**
 * The language of rules: what a rule looks at, what it undoes first, what it asks, and what
 * follows. Built-in rules and users' own are made of the same parts.
 */
@NullMarked
package io.gatewaykit.waf.rule;

import org.jspecify.annotations.NullMarked;
