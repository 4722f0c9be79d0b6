export { type AxisRange, axisRange } from './axis-range.ts';
export type { ChartOption } from './chart-option.ts';
export { historyChart } from './history-chart.ts';
export { learningCurvesChart } from './learning-curves-chart.ts';
export { lrScanChart } from './lr-scan-chart.ts';
export { regularizationChart } from './regularization-chart.ts';
export { renderSvg } from './render-svg.ts';
export { scoreCurveChart } from './score-curve-chart.ts';
export { sensitivityChart, sensitivityHeight } from './sensitivity-chart.ts';
