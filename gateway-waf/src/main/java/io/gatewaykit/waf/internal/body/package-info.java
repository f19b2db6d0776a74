/** Takes bodies apart, strictly: what is not what it says it is, is told. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.body;

import org.jspecify.annotations.NullMarked;
