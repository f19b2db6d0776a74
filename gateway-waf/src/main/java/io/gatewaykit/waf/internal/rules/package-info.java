/** The built-in rules, one file per family. */
@NullMarked
package io.gatewaykit.waf.internal.rules;

import org.jspecify.annotations.NullMarked;
